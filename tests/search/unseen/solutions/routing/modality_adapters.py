def modality_adapters(x, modality, gamma):
    x0, x1 = step.Copy().apply(x)
    modality0, modality1 = step.Copy().apply(modality)
    parts = step.Partition(N=M).apply((x0, modality0))
    ys = [step.Map(fn=f).apply(p) for f, p in zip([text, image, audio], parts)]
    y = step.Merge(fn=collect).apply((ys, modality1))
    g = step.Flatten(L=[1]).apply(step.Repeat(n=N).apply(gamma))
    return step.Map(fn=residual).apply((x1, step.Map(fn=scaled).apply((y, g))))
