def subtract_block_mean(x):
    blocks = step.Reshape(L=[0], S=4).apply(x)
    b0, b1 = step.Copy().apply(blocks)
    sums = step.Accum(fn=add, b=1).apply(b0)
    means = step.Map(fn=quarter).apply(sums)
    spread = step.Repeat(n=4).apply(means)
    pairs = step.Zip().apply((b1, spread))
    differences = step.Map(fn=minus).apply(pairs)
    return step.Flatten(L=[1]).apply(differences)
