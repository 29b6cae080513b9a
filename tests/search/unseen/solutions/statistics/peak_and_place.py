def peak_and_place(x):
    x0, x1 = step.Copy().apply(x)
    peaks = step.Accum(fn=maximum, b=1).apply(x0)
    peaks0, peaks1 = step.Copy().apply(peaks)
    spread = step.Repeat(n=L).apply(peaks1)
    pairs = step.Zip().apply((x1, spread))
    marks = step.Map(fn=equals).apply(pairs)
    return peaks0, step.Bufferize(a=1).apply(marks)
