def ema_crossover(price):
    price0, price1 = step.Copy().apply(price)
    fast_scan = step.Scan(fn=fast, b=1).apply(price0)
    slow_scan = step.Scan(fn=slow, b=1).apply(price1)
    spreads = step.Map(fn=spread).apply((fast_scan, slow_scan))
    spreads0, spreads1 = step.Copy().apply(spreads)
    signs = step.Map(fn=sign).apply(spreads0)
    return signs, spreads1
