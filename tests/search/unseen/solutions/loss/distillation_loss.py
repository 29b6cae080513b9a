def distillation_loss(student, teacher):
    e = step.Map(fn=exp).apply(step.Map(fn=soften).apply(student))
    e0, e1 = step.Copy().apply(e)
    q = step.Map(fn=div).apply((e0, step.Repeat(n=V).apply(step.Accum(fn=add, b=1).apply(e1))))
    f = step.Map(fn=exp).apply(step.Map(fn=soften).apply(teacher))
    f0, f1 = step.Copy().apply(f)
    p = step.Map(fn=div).apply((f0, step.Repeat(n=V).apply(step.Accum(fn=add, b=1).apply(f1))))
    d = step.Map(fn=divergence).apply((p, q))
    return step.Map(fn=times_four).apply(step.Accum(fn=add, b=1).apply(d))
