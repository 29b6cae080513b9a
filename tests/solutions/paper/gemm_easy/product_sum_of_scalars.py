def product_sum_of_scalars(a, b):
    pairs = step.Zip().apply((a, b))
    products = step.Map(fn=mul).apply(pairs)
    matrices = step.Bufferize(a=2).apply(products)
    promoted = step.Promote(b=1).apply(matrices)
    total = step.Accum(fn=add, b=1).apply(promoted)
    numbers = step.Streamify().apply(total)
    return step.Flatten(L=[2]).apply(numbers)
