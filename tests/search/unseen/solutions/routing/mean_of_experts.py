def mean_of_experts(x, chosen):
    chosen0, chosen1 = step.Copy().apply(chosen)
    parts = step.Partition(N=E).apply((x, chosen0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([linear, rectified, bounded], parts)]
    sums = step.Merge(fn=sum_and_count).apply((results, chosen1))
    return step.Map(fn=mean).apply(sums)
