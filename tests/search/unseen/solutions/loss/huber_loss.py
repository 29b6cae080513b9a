def huber_loss(prediction, target):
    pairs = step.Zip().apply((prediction, target))
    errors = step.Map(fn=error).apply(pairs)
    losses = step.Map(fn=huber).apply(errors)
    totals = step.Accum(fn=add, b=1).apply(losses)
    return step.Map(fn=mean).apply(totals)
