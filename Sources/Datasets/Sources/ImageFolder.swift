import Machine
import Stage
import Storage

/// A folder of PNG files. Subfolders are classes, numbered in the order of their names; files directly in the folder
/// have no labels.
package final class ImageFolder: ImageSource {
  package let shape: ImageShape
  package let inputs: [Plan.Input]
  /// [classes], names of the subfolders; nil without them.
  package let labelNames: [String]?
  private let path: String
  /// [images], paths relative to the folder.
  private let files: [String]
  /// [images], the label of each file; nil without subfolders.
  private let classes: [Int]?

  package var count: Int { files.count }
  package var labelPath: String { path }

  /// Reads headers and digests of all files, or takes them from an earlier run if no file looks changed.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - threads: maximum number of files read at once.
  ///   - digests: results of earlier runs.
  /// - Throws: `InputError.noExamples`, `.mismatch` for images of several sizes; `StorageError`.
  package init(_ path: String, threads: Int, digests: FileDigests = FileDigests()) throws {
    self.path = path
    let listing = try Listing(path)
    (files, labelNames, classes) = (listing.files, listing.labelNames, listing.classes)
    guard !files.isEmpty else { throw InputError.noExamples(path: path, of: "PNG file") }
    let (look, isSettled) = try Self.look(path, files, threads: threads)
    if let known = look.flatMap({ digests[$0] }), let shape = ImageShape(known.facts) {
      self.shape = shape
      inputs = [Plan.Input(name: "images", digest: known.digest, path: path, file: known)]
      return
    }
    let found = try Self.read(path, files, threads: threads)
    shape = found.shape
    var known: KnownFile?
    // Checked again, because a file may have been written while they were read.
    if let look, isSettled, try Self.look(path, files, threads: threads).look == look {
      known = KnownFile(digest: found.digest, look: look, facts: shape.facts)
    }
    inputs = [Plan.Input(name: "images", digest: found.digest, path: path, file: known)]
  }

  /// The common shape of the images and the digest of the folder.
  private static func read(_ path: String, _ files: [String], threads: Int) throws
    -> (shape: ImageShape, digest: Digest)
  {
    let found = try Processors.map(below: files.count, threads: threads) { number in
      let image = try PNGImage(FileSystem.join(path, files[number]))
      return (shape: image.shape, digest: image.digest)
    }
    let expected = found[0].shape
    for (file, own) in zip(files, found) {
      // Sizes must agree; channels need not, see below.
      guard (own.shape.rows, own.shape.columns) == (expected.rows, expected.columns) else {
        throw InputError.mismatch(
          path: FileSystem.join(path, file), expected: "\(expected.rows)x\(expected.columns) pixels",
          like: FileSystem.join(path, files[0]), found: "\(own.shape.rows)x\(own.shape.columns)")
      }
    }
    // A single colour image makes the whole set one of three channels; grey images repeat theirs.
    let channels = found.map(\.shape.channels).max() ?? 1
    return (
      ImageShape(rows: expected.rows, columns: expected.columns, channels: channels),
      digest(files, found.map(\.digest))
    )
  }

  /// A digest of names and time stamps of all files, and whether they are old enough that any later write would
  /// change a stamp. The digest is nil if a file is missing.
  private static func look(_ path: String, _ files: [String], threads: Int) throws
    -> (look: KnownFile.Look?, isSettled: Bool)
  {
    // Before the stamps: a file written in between then counts as too new.
    let now = FileStamp.now
    let stamps = try Processors.map(below: files.count, threads: threads) { number in
      FileStamp(ofFile: FileSystem.join(path, files[number]))
    }
    var builder = DigestBuilder()
    var isSettled = true
    for (file, stamp) in zip(files, stamps) {
      guard let stamp else { return (nil, false) }
      builder.add(text: file)
      builder.add(stamp)
      isSettled = isSettled && stamp.isSettled(at: now)
    }
    return (.folder(builder.digest), isSettled)
  }

  /// The digest of a folder of images, over names and bytes of its files.
  ///
  /// - Parameters:
  ///   - path: of the folder.
  ///   - threads: maximum number of files read at once.
  /// - Returns: nil for a folder without images, and for a finished directory.
  /// - Throws: `StorageError` for files that cannot be read.
  package static func digest(_ path: String, threads: Int) throws -> Digest? {
    guard FileSystem.kind(FileSystem.join(path, Manifest.fileName)) == nil else { return nil }
    let files = try Listing(path).files
    guard !files.isEmpty else { return nil }
    return digest(
      files,
      try Processors.map(below: files.count, threads: threads) {
        try Digest(ofFile: FileSystem.join(path, files[$0]))
      })
  }

  private static func digest(_ files: [String], _ digests: [Digest]) -> Digest {
    var builder = DigestBuilder()
    builder.add(text: "image folder")
    for (file, digest) in zip(files, digests) {
      // Names too: a file moved to another subfolder has another label.
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
      let place = FileSystem.join(path, files[row])
      let image = try PNGImage(place)
      // The file may have been replaced since `init`.
      guard image.shape.rows == shape.rows, image.shape.columns == shape.columns else {
        throw StorageError.malformed(path: place, reason: "the image has changed while it was read")
      }
      images += try image.pixels(channels: shape.channels)
    }
    return images
  }
}

/// The images in a folder, by class.
private struct Listing {
  private(set) var files: [String] = []
  private(set) var labelNames: [String]?
  private(set) var classes: [Int]?

  /// Lists subfolders and files in the order of their names, like torchvision's `ImageFolder`. Hidden files and files
  /// other than PNG are ignored.
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
      // One level only, as the class is the name of the subfolder.
      let own = try FileSystem.list(FileSystem.join(path, folder)).filter { !$0.hasPrefix(".") }
        .filter(Self.isImage).sorted()
      files += own.map { folder + "/" + $0 }
      classes += [Int](repeating: label, count: own.count)
    }
    self.classes = classes
  }

  private static func isImage(_ name: String) -> Bool { name.lowercased().hasSuffix(".png") }
}

/// The shape as remembered facts about a folder.
extension ImageShape {
  fileprivate init?(_ facts: [String: Int]) {
    guard let rows = facts["rows"], let columns = facts["columns"], let channels = facts["channels"],
      // Each is bounded first, so that the product does not overflow.
      [rows, columns, channels].allSatisfy({ (1...1 << 20).contains($0) }),
      rows * columns * channels <= 3 << 24
    else { return nil }
    self.init(rows: rows, columns: columns, channels: channels)
  }

  fileprivate var facts: [String: Int] { ["rows": rows, "columns": columns, "channels": channels] }
}
