def bmm_by_scaled_rows(a, b):
    matrices = step.Bufferize(a=2).apply(b)
    repeated = step.Repeat(n=N).apply(matrices)
    numbers = step.Streamify().apply(repeated)
    rows = step.Bufferize(a=1).apply(numbers)
    pairs = step.Zip().apply((a, rows))
    products = step.Map(fn=mul).apply(pairs)
    sums = step.Accum(fn=sum, b=1).apply(products)
    return step.Streamify().apply(sums)
