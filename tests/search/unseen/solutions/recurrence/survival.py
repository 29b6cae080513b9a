def survival(hazard_logits):
    hazards = st.Map(fn=sigmoid).apply(hazard_logits)
    stays = st.Map(fn=complement).apply(hazards)
    curve = st.Scan(fn=product, b=1).apply(stays)
    curve0, curve1 = st.Copy().apply(curve)
    lifetimes = st.Accum(fn=total, b=1).apply(curve1)
    return curve0, lifetimes
