"""The page of Streamlit: `streamlit run` runs it again at every edit."""

import streamlit as st

from benchmarks.sheet.checks import read, wrong

st.set_page_config(layout="wide")
rows = st.cache_data(read)
file = st.file_uploader("file")
if file is not None:
    edited = st.data_editor(rows(file.getvalue(), file.name), key="rows", height=600)
    changed = len(st.session_state["rows"]["edited_rows"])
    st.write(f"{len(edited)} rows, {int(wrong(edited).sum())} wrong, {changed} edited")
