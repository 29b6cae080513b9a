def triplet_loss(anchor, positive, negative):
    anchor0, anchor1 = step.Copy().apply(anchor)
    sq_dist_out = step.Map(fn=sq_dist).apply((anchor0, positive))
    sq_dist_out_2 = step.Map(fn=sq_dist).apply((anchor1, negative))
    hinges = step.Map(fn=hinge).apply((sq_dist_out, sq_dist_out_2))
    hinges0, hinges1 = step.Copy().apply(hinges)
    batch_mean_out = step.Map(fn=batch_mean).apply(hinges0)
    promoted = step.Promote(b=1).apply(batch_mean_out)
    add_fold = step.Accum(fn=add, b=1).apply(promoted)
    actives = step.Map(fn=active).apply(hinges1)
    promoted_2 = step.Promote(b=1).apply(actives)
    add_fold_2 = step.Accum(fn=add, b=1).apply(promoted_2)
    return add_fold, add_fold_2
