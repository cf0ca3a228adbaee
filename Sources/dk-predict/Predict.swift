import ArgumentParser
import Datasets
import Evaluation
import Networks
import Programs
import Stage

/// A model and files of images → classes and probabilities.
@main
struct Predict: StageProgram {
  static let configuration = CommandConfiguration(
    commandName: "dk-predict",
    abstract: "Name the class of images: PNG, IDX, npy, npz, safetensors or raw bytes.",
    discussion: """
      Images have the size and the look of those that the model has learnt from. With --normalize a drawn or \
      photographed digit becomes one as MNIST's are: dark on light or light on dark, of any size, anywhere in the \
      picture.

      Example: dk-predict student digit.png
      Example: dk-predict student photo.png --normalize --show
      Example: dk-predict teacher t10k-images-idx3-ubyte --rows 0-9 --temperature 20
      """,
    version: Version.text)

  @Argument(help: "Model: a directory, or a model file.")
  var model: String

  @Argument(help: "Images: files, or folders of PNG files.")
  var images: [String]

  @Flag(help: "Bring digits into the form of MNIST's first.")
  var normalize = false

  @Flag(help: "The files are bytes of pixels and nothing else, as many images as there are.")
  var raw = false

  @Flag(help: "Also show each image as text, as the model sees it.")
  var show = false

  @Option(help: "Which images of each file, counted from 0: 5 or 0-9 (default: all).")
  var rows: String?

  @Option(help: "Temperature of the probabilities.")
  var temperature = 1.0

  @Option(help: "How many classes to name for each image.")
  var top = 3

  @Flag(help: "Comma-separated values, with the probabilities of all classes.")
  var csv = false

  @OptionGroup var common: CommonOptions

  func perform(_ console: Console) throws {
    // Options first: they can be checked without reading the model, which may be large.
    try OptionRange.checkTemperature(temperature)
    guard top >= 1 else {
      throw OptionError.wrongValue(option: "--top", expected: "at least 1", found: String(top))
    }
    guard !(csv && common.json) else { throw OptionError.expectedOne(of: ["--csv", "--json"]) }
    let range = try rows.map { try OptionRange.rows($0) }
    let read = try Model(model)
    let form = PictureForm(
      inputs: read.inputs, shape: read.shape, model: model,
      normalization: .init(isWanted: normalize, name: "--normalize"))
    var list = PredictionList(read, temperature: temperature)
    var isFirst = true
    for path in images {
      try PictureReader(form, isRaw: raw).read(path, rows: range) { pictures in
        try list.add(pictures)
        // CSV is printed batch by batch; a table needs all rows first, for the widths of its columns.
        if csv {
          // Only with the first rows: if no image can be read, stdout stays empty.
          if isFirst { try console.result(list.csvHeading) }
          try console.result(list.takeCSV())
        } else if show, !common.json {
          // Not with CSV or JSON, which pictures in between would break.
          for picture in pictures { try console.result(picture.text) }
        }
        isFirst = false
      }
    }
    guard !csv else { return }
    try console.result(list, json: common.json, text: list.table(top: top).text)
  }
}
