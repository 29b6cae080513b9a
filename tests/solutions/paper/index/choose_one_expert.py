def choose_one_expert(x):
    rows = step.Bufferize(a=1).apply(x)
    affinities = step.Map(fn=gate).apply(rows)
    affinities0, affinities1 = step.Copy().apply(affinities)
    chosen = step.Map(fn=top1).apply(affinities0)
    return chosen, affinities1
