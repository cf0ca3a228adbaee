import Foundation
import Stage
import Storage
import SwiftProtobuf
import Training

/// The course of a training as an event file of TensorBoard.
package struct CurveFile: TrainingObserver {
  /// TensorBoard takes what has `tfevents` in its name. The same at each start: a training that goes on has one curve.
  package static let fileName = "events.out.tfevents.0.dark-knowledge"
  private static let version = "brain.Event:2"
  private static let byteLimit = 1 << 30

  private let path: String

  /// - Parameter directory: for the file; made where there is none.
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
    // Where it holds these epochs already it is only cut behind them: who follows it keeps their place.
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

  /// A record of TensorFlow's files: length, bytes, and a checksum of each.
  private static func record(_ event: Tensorboard_Event) throws -> [UInt8] {
    let bytes: [UInt8] = Array(try event.serializedData())
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes + littleEndian(CRC32C.masked(bytes))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The checksum of Castagnoli et al. (1993), as TensorFlow's record files have it.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
  }

  /// Turned and shifted, so that a checksum of data with checksums in it is no trivial one.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
