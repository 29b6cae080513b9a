def sinkhorn_step(cost):
    cost0, cost1 = step.Copy().apply(cost)
    gibbs_out = step.Map(fn=gibbs).apply(cost0)
    gibbs_out0, gibbs_out1 = step.Copy().apply(gibbs_out)
    add_fold = step.Accum(fn=add, b=1).apply(gibbs_out0)
    add_fold_repeated = step.Repeat(n=N).apply(add_fold)
    divides = step.Map(fn=divide).apply((gibbs_out1, add_fold_repeated))
    divides0, divides1 = step.Copy().apply(divides)
    weighteds = step.Map(fn=weighted).apply((divides0, cost1))
    add_fold_2 = step.Accum(fn=add, b=1).apply(weighteds)
    return divides1, add_fold_2
