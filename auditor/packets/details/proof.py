def given(d,k): return True
