def choose_by_score(x):
    rows = step.Bufferize(a=1).apply(x)
    scores = step.Map(fn=score).apply(rows)
    return step.Map(fn=filter).apply(scores)
