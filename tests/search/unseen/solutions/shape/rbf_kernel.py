def rbf_kernel(xs, ys):
    xs_repeated = step.Repeat(n=N).apply(xs)
    promoted = step.Promote(b=1).apply(ys)
    buffered = step.Bufferize(a=1).apply(promoted)
    buffered_repeated = step.Repeat(n=M).apply(buffered)
    streamed = step.Streamify().apply(buffered_repeated)
    buffered_2 = step.Bufferize(a=1).apply(streamed)
    flat = step.Flatten(L=[2]).apply(buffered_2)
    squared_distance_out = step.Map(fn=squared_distance).apply((xs_repeated, flat))
    gausses = step.Map(fn=gauss).apply(squared_distance_out)
    gausses0, gausses1 = step.Copy().apply(gausses)
    add_fold = step.Accum(fn=add, b=1).apply(gausses0)
    return gausses1, add_fold
