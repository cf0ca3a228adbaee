import CPNG
import Stage
import Storage

/// A folder of PNG files: of each class a folder of its own, whose name is the label's, in the order of the names; or
/// files right in it, which then have no labels.
package final class ImageFolder: ImageSource {
  private static let fileLimit = 256 << 20

  package let shape: ImageShape
  package let inputs: [Plan.Input]
  /// [classes], names of the folders; nil without them.
  package let labelNames: [String]?
  private let path: String
  /// Relative to the folder.
  private let files: [String]
  private let classes: [Int]?

  package var count: Int { files.count }
  package var labelPath: String { path }

  /// Reads all headers and digests.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - threads: at most as many files at once.
  /// - Throws: `InputError.noExamples`, `.mismatch` for images of several sizes; `StorageError`.
  package init(_ path: String, threads: Int) throws {
    self.path = path
    let listing = try Listing(path)
    (files, labelNames, classes) = (listing.files, listing.labelNames, listing.classes)
    guard let first = files.first else { throw InputError.noExamples(path: path, of: "PNG file") }
    let found = try Processors.map(below: files.count, threads: threads) { [files] number in
      let bytes = try Self.contents(path, files[number])
      return (header: try Self.header(bytes, FileSystem.join(path, files[number])), digest: Digest(of: bytes))
    }
    for (file, own) in zip(files, found) {
      let (expected, size) = (found[0].header, own.header)
      guard (size.rows, size.columns) == (expected.rows, expected.columns) else {
        throw InputError.mismatch(
          path: FileSystem.join(path, file), expected: "\(expected.rows)x\(expected.columns) pixels",
          like: FileSystem.join(path, first), found: "\(size.rows)x\(size.columns)")
      }
    }
    // One image in colour makes the others so too.
    let channels = found.map { Int($0.header.channels) }.max() ?? 1
    shape = ImageShape(
      rows: Int(found[0].header.rows), columns: Int(found[0].header.columns), channels: channels)
    inputs = [Plan.Input(name: "images", digest: Self.digest(files, found.map(\.digest)), path: path)]
  }

  /// The digest of a folder of images, over the names and the bytes of its files.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - threads: at most as many files at once.
  /// - Returns: nil of a folder that holds no images, or is a finished directory.
  /// - Throws: `StorageError` for files that cannot be read.
  package static func digest(_ path: String, threads: Int) throws -> Digest? {
    guard FileSystem.kind(FileSystem.join(path, Manifest.fileName)) == nil else { return nil }
    let files = try Listing(path).files
    guard !files.isEmpty else { return nil }
    return digest(
      files,
      try Processors.map(below: files.count, threads: threads) { Digest(of: try contents(path, files[$0])) })
  }

  private static func digest(_ files: [String], _ digests: [Digest]) -> Digest {
    var builder = DigestBuilder()
    builder.add(text: "image folder")
    for (file, digest) in zip(files, digests) {
      // Names and all: a file that goes to another folder has another label.
      builder.add(text: file)
      builder.add(digest)
    }
    return builder.digest
  }

  package func labels() throws -> [Int]? { classes }

  package func images(_ rows: [Int]) throws -> [UInt8] {
    var images: [UInt8] = []
    images.reserveCapacity(rows.count * shape.count)
    for row in rows {
      let bytes = try Self.contents(path, files[row])
      let place = FileSystem.join(path, files[row])
      let header = try Self.header(bytes, place)
      // Before there is room for it: the file may be another by now.
      guard Int(header.rows) == shape.rows, Int(header.columns) == shape.columns else {
        throw StorageError.malformed(path: place, reason: "the image has changed while it was read")
      }
      var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
      var pixels = [UInt8](repeating: 0, count: shape.count)
      guard dk_png_read(bytes, bytes.count, UInt32(shape.channels), &pixels, &message) else {
        throw Self.fault(place, message)
      }
      images += pixels
    }
    return images
  }

  private static func contents(_ path: String, _ file: String) throws -> [UInt8] {
    try InputFile.contents(of: FileSystem.join(path, file), limit: fileLimit)
  }

  private static func header(_ bytes: [UInt8], _ path: String) throws -> dk_png_header {
    if let found = FileSignature(bytes), found != .png {
      throw StorageError.wrongFormat(path: path, expected: .png, found: found)
    }
    var header = dk_png_header()
    var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
    guard dk_png_read_header(bytes, bytes.count, &header, &message) else { throw fault(path, message) }
    guard header.bits <= 8 else {
      throw StorageError.malformed(
        path: path, reason: "PNG image: expected 8 bits a channel, found \(header.bits); convert it")
    }
    guard header.rows > 0, header.columns > 0, Int(header.rows) * Int(header.columns) <= 1 << 24 else {
      throw StorageError.malformed(path: path, reason: "PNG image of \(header.rows)x\(header.columns) pixels")
    }
    return header
  }

  private static func fault(_ path: String, _ message: [CChar]) -> StorageError {
    let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .malformed(path: path, reason: "PNG image: \(text)")
  }
}

/// What a folder of images holds.
private struct Listing {
  private(set) var files: [String] = []
  private(set) var labelNames: [String]?
  private(set) var classes: [Int]?

  /// Folders and files in the order of their names, as torchvision's `ImageFolder` has them; what is hidden or no PNG
  /// is passed over.
  init(_ path: String) throws {
    let names = try FileSystem.list(path).filter { !$0.hasPrefix(".") }.sorted()
    let folders = names.filter { FileSystem.kind(FileSystem.join(path, $0)) == .directory }
    guard !folders.isEmpty else {
      files = names.filter(Self.isImage)
      return
    }
    labelNames = folders
    var classes: [Int] = []
    for (label, folder) in folders.enumerated() {
      let own = try FileSystem.list(FileSystem.join(path, folder)).filter { !$0.hasPrefix(".") }
        .filter(Self.isImage).sorted()
      files += own.map { folder + "/" + $0 }
      classes += [Int](repeating: label, count: own.count)
    }
    self.classes = classes
  }

  private static func isImage(_ name: String) -> Bool { name.lowercased().hasSuffix(".png") }
}
