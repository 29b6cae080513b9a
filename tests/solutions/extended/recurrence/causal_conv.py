def causal_conv(x, taps):
    windows = step.Scan(fn=shift, b=1).apply(x)
    taps_repeated = step.Repeat(n=T).apply(taps)
    pairs = step.Zip().apply((windows, taps_repeated))
    products = step.Map(fn=dot).apply(pairs)
    return step.Map(fn=silu).apply(products)
