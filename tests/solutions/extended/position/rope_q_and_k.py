def rope_q_and_k(q, k, position):
    position0, position1 = step.Copy().apply(position)
    q_positions = step.Repeat(n=A).apply(position0)
    q_pairs = step.Zip().apply((q, q_positions))
    q_turned = step.Map(fn=rotate).apply(q_pairs)
    k_positions = step.Repeat(n=G).apply(position1)
    k_pairs = step.Zip().apply((k, k_positions))
    k_turned = step.Map(fn=rotate).apply(k_pairs)
    return q_turned, k_turned
