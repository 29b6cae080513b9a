def gru_sequence(tokens):
    rms_norm_row_out = step.Map(fn=rms_norm_row).apply(tokens)
    gru_cell_scan = step.Scan(fn=gru_cell, b=1).apply(rms_norm_row_out)
    return step.Map(fn=read_out).apply(gru_cell_scan)
