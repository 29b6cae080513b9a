def bmm_by_outer_products(a, b):
    columns = step.Bufferize(a=1).apply(a)
    rows = step.Bufferize(a=1).apply(b)
    pairs = step.Zip().apply((columns, rows))
    products = step.Map(fn=outer).apply(pairs)
    matrices = step.Accum(fn=sum, b=1).apply(products)
    return step.Streamify().apply(matrices)
