def cosine_distance(table, query):
    rows = step.Map(fn=unit).apply(table)
    direction = step.Map(fn=unit).apply(query)
    repeated = step.Repeat(n=N).apply(direction)
    directions = step.Flatten(L=[1]).apply(repeated)
    pairs = step.Zip().apply((rows, directions))
    cosines = step.Map(fn=dot).apply(pairs)
    return step.Map(fn=one_minus).apply(cosines)
