def headwise_softmax(x):
    blocks = step.Reshape(L=[0], S=3).apply(x)
    blocks0, blocks1 = step.Copy().apply(blocks)
    highest = step.Repeat(n=3).apply(step.Accum(fn=mx, b=1).apply(blocks0))
    exps = step.Map(fn=ex).apply((blocks1, highest))
    exps0, exps1 = step.Copy().apply(exps)
    sums = step.Repeat(n=3).apply(step.Accum(fn=sm, b=1).apply(exps0))
    return step.Flatten(L=[1]).apply(step.Map(fn=dv).apply((exps1, sums)))
