def attention_by_scan_and_fold(s, v):
    running = step.Scan(fn=exp_max_diff, b=1).apply(s)
    weights = step.Map(fn=second_third).apply(running)
    triples = step.Zip().apply((v, weights))
    folded = step.Accum(fn=div_sum, b=1).apply(triples)
    rows = step.Map(fn=second).apply(folded)
    return step.Streamify().apply(rows)
