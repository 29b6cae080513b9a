def histogram(x):
    one_hot_out = step.Map(fn=one_hot).apply(x)
    one_hot_out0, one_hot_out1 = step.Copy().apply(one_hot_out)
    count_fold = step.Accum(fn=count, b=1).apply(one_hot_out0)
    frequencies_out = step.Map(fn=frequencies).apply(one_hot_out1)
    count_fold_2 = step.Accum(fn=count, b=1).apply(frequencies_out)
    return count_fold, count_fold_2
