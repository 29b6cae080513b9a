def choose_three_tokens(x):
    rows = step.Bufferize(a=1).apply(x)
    affinities = step.Map(fn=gate).apply(rows)
    affinities0, affinities1 = step.Copy().apply(affinities)
    promoted = step.Promote(b=1).apply(affinities0)
    buffered = step.Bufferize(a=1).apply(promoted)
    best = step.Map(fn=top3).apply(buffered)
    streamed = step.Streamify().apply(best)
    chosen = step.Flatten(L=[1]).apply(streamed)
    return chosen, affinities1
