def squeeze_excite(x):
    x0, x1 = step.Copy().apply(x)
    z = step.Bufferize(a=1).apply(step.Map(fn=mean).apply(step.Accum(fn=add, b=2).apply(x0)))
    s = step.Streamify().apply(step.Map(fn=excite).apply(step.Map(fn=squeeze).apply(z)))
    return step.Map(fn=mul).apply((x1, step.Repeat(n=W).apply(step.Repeat(n=H).apply(s))))
