def matrix_vector_products(a, b):
    vectors = step.Bufferize(a=1).apply(b)
    repeated = step.Repeat(n=M).apply(vectors)
    numbers = step.Streamify().apply(repeated)
    pairs = step.Zip().apply((a, numbers))
    products = step.Map(fn=mul).apply(pairs)
    return step.Accum(fn=add, b=1).apply(products)
