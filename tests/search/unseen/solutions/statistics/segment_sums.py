def segment_sums(rows, affinity):
    one_hot_max_out = step.Map(fn=one_hot_max).apply(affinity)
    promoted = step.Promote(b=1).apply(rows)
    promoted_2 = step.Promote(b=1).apply(one_hot_max_out)
    pairs = step.Zip().apply((promoted, promoted_2))
    scatter_add_fold = step.Accum(fn=scatter_add, b=1).apply(pairs)
    return step.Map(fn=means).apply(scatter_add_fold)
