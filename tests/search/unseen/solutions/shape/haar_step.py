def haar_step(x):
    blocks = step.Reshape(L=[0], S=2).apply(x)
    pairs = step.Bufferize(a=1).apply(blocks)
    both = step.Map(fn=butterfly).apply(pairs)
    both0, both1 = step.Copy().apply(both)
    return step.Map(fn=first).apply(both0), step.Map(fn=second).apply(both1)
