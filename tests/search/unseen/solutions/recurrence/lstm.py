def lstm(x):
    tokens = step.Bufferize(a=1).apply(x)
    tokens0, tokens1 = step.Copy().apply(tokens)
    states = step.Scan(fn=cell, b=1).apply(tokens0)
    hiddens = step.Map(fn=hidden).apply(states)
    last = step.Accum(fn=cell, b=1).apply(tokens1)
    cells = step.Map(fn=memory).apply(last)
    return step.Streamify().apply(hiddens), step.Streamify().apply(cells)
