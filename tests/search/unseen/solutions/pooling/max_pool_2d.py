def max_pool_2d(image):
    windows = step.Reshape(L=[0, 1], S=2).apply(image)
    across = step.Accum(fn=larger, b=1).apply(windows)
    lines = step.Bufferize(a=1).apply(across)
    pooled = step.Accum(fn=larger_line, b=1).apply(lines)
    return step.Streamify().apply(pooled)
