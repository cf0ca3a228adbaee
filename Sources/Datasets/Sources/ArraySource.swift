import Stage
import Storage

/// Images in an array, with labels in a second array of the same file or of a file of its own.
package final class ArraySource: ImageSource {
  /// Names of the arrays in a file of several, in order of preference.
  private static let (imageNames, labelNames) = (["images", "x_train", "x"], ["labels", "y_train", "y"])

  package let shape: ImageShape
  package let count: Int
  package let labelPath: String
  package let inputs: [Plan.Input]
  package let identity: Digest
  package let parameters: [String: JSONValue]
  private let array: any SourceArray
  private let axes: ImageAxes
  private let labelArray: LabelArray?

  /// - Parameters:
  ///   - images: path of an IDX file (plain or gzip), safetensors, npy or npz; `#NAME` at the end selects one of
  ///     several arrays.
  ///   - labels: path of the labels, likewise; nil for the labels in the file of images, if there are any.
  ///   - channels: position of the channel axis; nil to derive it from the extents.
  ///   - labelColumn: column of a table of labels.
  ///   - digests: digests of files known from earlier runs.
  /// - Throws: `StorageError`; `InputError.mismatch`, `.ambiguousChannels`, `.countsDiffer`, `.noExamples`;
  ///   `ParameterError.wrongValue`, `.missing`.
  package init(
    _ images: String, labels: String? = nil, channels: ChannelOrder? = nil, labelColumn: Int? = nil,
    digests: FileDigests = FileDigests()
  ) throws {
    let file = try SourceFile(images)
    guard let array = try file.array(Self.imageNames) else {
      throw StorageError.missingTensor(path: images, name: Self.imageNames[0])
    }
    // Labels given by path must exist; labels beside the images are optional.
    let labelSource =
      try labels.map { try SourceFile($0).array(Self.labelNames) }
      ?? file.array(Self.labelNames, isNeeded: false)
    // First: without rows nothing has bounded the other extents, and their product may overflow.
    for own in [array, labelSource].compactMap({ $0 }) where own.count == 0 {
      throw InputError.noExamples(path: own.path, of: "row")
    }
    guard array.type == .u8 else {
      throw InputError.mismatch(
        path: array.path, expected: "pixels of U8, 0 to 255; \(Self.conversion(array.type))", like: nil,
        found: array.type.rawValue)
    }
    axes = try ImageAxes(array, order: channels)
    self.array = array
    shape = axes.shape
    count = array.count
    labelArray = try labelSource.map { try LabelArray($0, column: labelColumn) }
    labelPath = labelSource?.path ?? array.path
    if let labelArray, labelArray.count != count {
      throw InputError.countsDiffer(
        images: array.path, imageCount: count, labels: labelPath, labelCount: labelArray.count)
    }
    guard shape.count > 0 else { throw InputError.noExamples(path: images, of: "pixel") }
    // An option without effect is an error: the user expects labels that this run would not have.
    guard labelColumn == nil || labelArray != nil else {
      throw ParameterError.missing(parameter: "label-column", expected: "a table of labels beside it")
    }
    inputs = try Self.inputs(array, labelSource, digests)
    var parameters: [String: JSONValue] = [:]
    // Default names are left out of the manifest: the same command finds the same arrays again.
    if let name = array.name, name != Self.imageNames[0] { parameters["image-array"] = JSONValue(name) }
    if let name = labelSource?.name, name != Self.labelNames[0] {
      parameters["label-array"] = JSONValue(name)
    }
    if let channels { parameters["channels"] = JSONValue(channels.rawValue) }
    if let labelColumn { parameters["label-column"] = JSONValue(labelColumn) }
    self.parameters = parameters
    identity = Self.identity(inputs[0].digest, array.name)
  }

  /// Advice on converting pixels of another type to bytes, for the error message.
  private static func conversion(_ type: TensorType) -> String {
    TensorType.floating.contains(type)
      ? "of floats in 0..1 make (images * 255).round().astype('uint8'), of floats in 0..255 images.round().astype('uint8')"
      : type == .bool
        ? "make (images * 255).astype('uint8')" : "make images.astype('uint8') where they are 0 to 255"
  }

  /// The identity that row indices refer to: the file, and the array if its name is not the default.
  private static func identity(_ file: Digest, _ name: String?) -> Digest {
    guard let name, name != imageNames[0] else { return file }
    var builder = DigestBuilder()
    builder.add(file)
    builder.add(text: name)
    return builder.digest
  }

  /// The files as inputs of a stage; a file that holds both arrays counts once.
  private static func inputs(
    _ images: any SourceArray, _ labels: (any SourceArray)?, _ digests: FileDigests
  ) throws -> [Plan.Input] {
    let first = try digests.input("images", images.file)
    guard let labels, labels.file != images.file else { return [first] }
    return [first, try digests.input("labels", labels.file)]
  }

  package func labels() throws -> [Int]? { try labelArray?.values() }

  package func images(_ rows: [Int]) throws -> [UInt8] { axes.arranged(try array.rows(rows)) }
}
