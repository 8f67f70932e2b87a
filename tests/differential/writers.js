// Writes the workbooks of a job (standard input) with SheetJS ("xlsx") or ExcelJS ("exceljs").
const job = JSON.parse(require("fs").readFileSync(0, "utf8"));
const library = process.argv[2];
const package_ = require(library);
const TYPES = { ".xlsx": "xlsx", ".xlsb": "xlsb", ".xls": "biff8", ".ods": "ods" };

function withSheetJs(file) {
  const sheet = {};
  const all = [job.header.map((value) => ({ value, form: "General" })), ...file.rows];
  all.forEach((cells, r) =>
    cells.forEach(({ value, form }, c) => {
      if (value === null) return;
      const t = { string: "s", number: "n", boolean: "b" }[typeof value];
      const cell = { t, v: value };
      if (t === "n" && form !== "General") cell.z = form;
      sheet[package_.utils.encode_cell({ r, c })] = cell;
    })
  );
  const end = { r: all.length - 1, c: job.header.length - 1 };
  sheet["!ref"] = package_.utils.encode_range({ s: { r: 0, c: 0 }, e: end });
  const book = { SheetNames: ["Offers"], Sheets: { Offers: sheet } };
  const suffix = file.path.slice(file.path.lastIndexOf("."));
  package_.writeFile(book, file.path, { bookType: TYPES[suffix] });
}

async function withExcelJs(file) {
  const book = new package_.Workbook();
  const sheet = book.addWorksheet("Offers");
  sheet.addRow(job.header);
  file.rows.forEach((cells, r) =>
    cells.forEach(({ value, form, is_date }, c) => {
      if (value === null) return;
      const cell = sheet.getCell(r + 2, c + 1);
      cell.value = is_date ? new Date(Math.round((value - 25569) * 86400000)) : value;
      if (form !== "General") cell.numFmt = form;
    })
  );
  await book.xlsx.writeFile(file.path);
}

(async () => {
  for (const file of job.files) await (library === "xlsx" ? withSheetJs : withExcelJs)(file);
})();
