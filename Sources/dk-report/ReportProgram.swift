import ArgumentParser
import Programs
import Reporting
import Stage
import Storage

/// Finished directories and kept evaluations → one HTML page about them.
@main
struct ReportProgram: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-report",
    abstract: "Make one self-contained HTML page on models, their trainings and what they say of images.",
    discussion: """
      The page shows what there is: errors beside the paper's, training curves, errors by temperature and width, \
      confusions, calibration, and the dark knowledge itself: images with their soft targets at each temperature, \
      their nearest by soft target, and those that teacher and student get wrong. Evaluations that dk-evaluate --output \
      has kept are taken as they are.

      Example: dk-report .cache/run --output report.html
      """,
    version: Version.text)

  @Argument(help: "Directories of ours, directories that hold some, and files of dk-evaluate --output.")
  var paths: [String]

  @Option(help: "File to write.")
  var output: String

  @Option(help: "Labelled image shards to look at (default: a test or validation set among the rest).")
  var images: String?

  @Option(parsing: .upToNextOption, help: "Text files that become part of the page as they are.")
  var tables: [String] = []

  @Option(help: "Also write the images with their soft targets as one drawing (SVG) to this file.")
  var picture: String?

  @Option(help: "Title of the page.")
  var title = "Dark knowledge"

  @OptionGroup var common: CommonOptions

  private struct Made: Encodable {
    let output: String
    let bytes: Int
  }

  func perform(_ console: Console) throws {
    // Opened first: the page may evaluate models, and a path that cannot be written should not cost that time.
    let files = try ResultFile.open(
      [("--output", output), ("--picture", picture)], inputs: paths + tables + (images.map { [$0] } ?? []))
    var report = try Report(paths, images: images, tables: tables, title: title, threads: common.threads)
    // The page before the picture, which is made along with it.
    let page = Array(try report.html(console.note).utf8)
    if let picture {
      // Checked before either file is finished, so that a failed command replaces neither.
      guard let drawing = report.picture else {
        throw InputError.noExamples(path: picture, of: "teacher with labelled images")
      }
      try files[1]?.write(Array(drawing.utf8))
      try files[1]?.finish()
    }
    try files[0]?.write(page)
    try files[0]?.finish()
    try console.result(
      Made(output: output, bytes: page.count), json: common.json,
      text: "\(output): \(Format.bytes(page.count)), open it in a browser")
  }
}
