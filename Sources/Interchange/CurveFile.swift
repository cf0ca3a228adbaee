import Foundation
import Stage
import Storage
import SwiftProtobuf
import Training

/// The curves of a training as a TensorBoard event file.
package struct CurveFile: TrainingObserver {
  /// TensorBoard reads files with `tfevents` in their name. The name is the same for every run, so that a resumed
  /// training has one curve.
  package static let fileName = "events.out.tfevents.0.dark-knowledge"
  // The version that a reader expects in the first event.
  private static let version = "brain.Event:2"
  private static let byteLimit = 1 << 30

  private let path: String

  /// Creates the directory, but not yet the file.
  ///
  /// - Parameter directory: directory of the file; created if missing.
  /// - Throws: `StorageError`.
  package init(in directory: String) throws {
    try FileSystem.createDirectory(directory)
    path = FileSystem.join(directory, Self.fileName)
  }

  package func begin(after entries: [TrainingLogEntry]) throws {
    let records = try entries.flatMap { try Self.record(of: $0) }
    let heading = try Self.record(
      .with {
        $0.wallTime = Date.now.timeIntervalSince1970
        $0.fileVersion = Self.version
      })
    // If the file already starts with these epochs, cut it behind them: a TensorBoard that follows the file keeps its
    // position. The heading is compared by length only, as its time differs.
    if try FileSystem.type(path) == .file {
      let found = try InputFile.contents(of: path, limit: Self.byteLimit)
      if found.dropFirst(heading.count).starts(with: records), found.count >= heading.count {
        return try AppendedFile.cut(path, to: heading.count + records.count)
      }
    }
    try AtomicFile.write(heading + records, to: path)
  }

  package func add(_ entry: TrainingLogEntry) throws {
    try AppendedFile.append(try Self.record(of: entry), to: path)
  }

  private static func record(of entry: TrainingLogEntry) throws -> [UInt8] {
    var values: [(tag: String, value: Double?)] = [
      ("train/loss", entry.loss), ("train/accuracy", entry.accuracy),
      ("train/learning rate", entry.learningRate),
      ("train/gradient norm", entry.gradientNorm), ("train/images per second", entry.imagesPerSecond),
      ("validation/loss", entry.validationLoss),
      ("validation/errors", entry.validationErrors.map(Double.init)),
    ]
    if let errors = entry.validationErrors, let examples = entry.validationExamples, examples > 0 {
      values.append(("validation/error rate", Double(errors) / Double(examples)))
    }
    for (layer, share) in entry.deadUnits.enumerated() {
      values.append(("dead units/hidden layer \(layer + 1)", share))
    }
    return try record(
      .with { event in
        // The time of the log entry: a resumed run writes the same bytes again, as the comparison above needs.
        let time = try? Date(entry.time, strategy: .iso8601)
        event.wallTime = time?.timeIntervalSince1970 ?? 0
        event.step = Int64(entry.step)
        event.summary.value = values.compactMap { tag, value in
          value.map { number in
            .with {
              $0.tag = tag
              $0.simpleValue = Float(number)
            }
          }
        }
      })
  }

  /// A TFRecord: length (U64), masked checksum of the length (U32), bytes, masked checksum of the bytes (U32), all
  /// little-endian.
  private static func record(_ event: Tensorboard_Event) throws -> [UInt8] {
    let bytes: [UInt8] = Array(try event.serializedData())
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes + littleEndian(CRC32C.masked(bytes))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The CRC of Castagnoli et al. (1993), masked as in TFRecord files.
enum CRC32C {
  // [256]: the remainder of each byte. 0x82F63B78 is the polynomial 0x1EDC6F41 with its bits reversed, as bytes are
  // shifted in lowest bit first.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  /// The CRC rotated by 15 bits plus a constant: the CRC of data that contains its own CRC would be degenerate.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
