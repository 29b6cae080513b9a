def signed_dispatch(x):
    x0, x1 = step.Copy().apply(x)
    path = step.Map(fn=by_sign).apply(x0)
    path0, path1 = step.Copy().apply(path)
    parts = step.Partition(N=2).apply((x1, path0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([positive, negative], parts)]
    return step.Merge(fn=either).apply((results, path1))
