def flat_heads(heads, gates):
    open_gates = step.Map(fn=sigmoid).apply(gates)
    spread = step.Repeat(n=D).apply(open_gates)
    pairs = step.Zip().apply((heads, spread))
    scaled = step.Map(fn=scale).apply(pairs)
    return step.Flatten(L=[1]).apply(scaled)
