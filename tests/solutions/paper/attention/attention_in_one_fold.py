def attention_in_one_fold(s, v):
    pairs = step.Zip().apply((s, v))
    folded = step.Accum(fn=max_sum, b=1).apply(pairs)
    rows = step.Map(fn=third).apply(folded)
    return step.Streamify().apply(rows)
