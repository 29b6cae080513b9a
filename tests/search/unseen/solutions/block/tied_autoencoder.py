def tied_autoencoder(x):
    x0, x1 = step.Copy().apply(x)
    h = step.Map(fn=relu).apply(step.Map(fn=encode).apply(x0))
    h0, h1 = step.Copy().apply(h)
    e = step.Map(fn=minus).apply((x1, step.Map(fn=decode).apply(h0)))
    return h1, step.Map(fn=mean_square).apply(e)
