def column_sums(x):
    rows = step.Bufferize(a=1).apply(x)
    promoted = step.Promote(b=1).apply(rows)
    total = step.Accum(fn=add_rows, b=1).apply(promoted)
    return step.Streamify().apply(total)
