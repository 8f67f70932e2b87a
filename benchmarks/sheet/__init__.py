"""What a sheet on the page costs, in a real browser, and what the same costs in other grids.

    python -m benchmarks.sheet [ROWS ...]

Ours, a page of Streamlit with its `data_editor`, and a page with the grid Tabulator: a file is
dropped, its rows are shown and checked, the middle is jumped to, a cell is edited and checked.

browser     a page in Chromium: its time, memory and bytes
measured    what is measured of each
ours        `loader web`
streamlit_peer, streamlit_page   Streamlit
tabulator_peer, tabulator_page   Tabulator, which the server gives all rows at once
section     the section of docs/performance.md
"""
