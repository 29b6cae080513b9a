def two_stage_experts(x, sel):
    sel0, sel1 = step.Copy().apply(sel)
    parts = step.Partition(N=2).apply((x, sel0))
    wide = [step.Map(fn=f).apply(part) for f, part in zip([up0, up1], parts)]
    rows = [step.Map(fn=f).apply(part) for f, part in zip([down0, down1], wide)]
    return step.Merge(fn=add).apply((rows, sel1))
