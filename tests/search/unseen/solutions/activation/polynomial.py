def polynomial(points, coefficients):
    columns = step.Repeat(n=K).apply(points)
    promoted = step.Promote(b=1).apply(coefficients)
    row = step.Bufferize(a=1).apply(promoted)
    rows = step.Repeat(n=N).apply(row)
    flat = step.Flatten(L=[1]).apply(rows)
    spread = step.Streamify().apply(flat)
    pairs = step.Zip().apply((spread, columns))
    return step.Accum(fn=horner, b=1).apply(pairs)
