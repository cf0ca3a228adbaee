import Foundation
import Storage
import SwiftProtobuf
import TestSupport
import Testing
import Training

@testable import Interchange

/// Event files of TensorBoard: framing, checksums, values, and what a kill leaves.
@Suite struct CurveFileTests {
  private struct Record {
    let event: Tensorboard_Event
    /// The record's bytes end here.
    let end: Int
  }

  private let space: TemporaryDirectory
  private var path: String { space(CurveFile.fileName) }

  init() throws { space = try TemporaryDirectory() }

  /// An epoch as a log has it; numbers that are left out are unknown.
  private func entry(_ epoch: Int, loss: Double = 0.5, validated: Bool = true, seconds: Int = 0) throws
    -> TrainingLogEntry
  {
    let validation = #""validationErrors":\#(30 - epoch),"validationExamples":200,"validationLoss":0.125,"#
    let text = """
      {"training":"\(Digest(of: []).hex)","epoch":\(epoch),"step":\(epoch * 10),"loss":\(loss),"learningRate":0.1,\
      "gradientNorm":2,"accuracy":0.75,"deadUnits":[0.25,0],"imagesPerSecond":900,\(validated ? validation : "")\
      "time":"2026-01-01T00:00:0\(seconds)Z"}
      """
    return try JSONDecoder().decode(TrainingLogEntry.self, from: Data(text.utf8))
  }

  private func write(_ entries: [TrainingLogEntry], after: [TrainingLogEntry] = []) throws {
    let file = try CurveFile(in: space.path)
    try file.begin(after: after)
    for entry in entries { try file.add(entry) }
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Takes the file apart; every byte has to be part of a whole record with right checksums.
  private func records() throws -> [Record] {
    let file = try bytes(path)
    var records: [Record] = []
    var start = 0
    while start < file.count {
      try #require(file.count >= start + 12)
      let length = Int(number(file[start..<start + 8]))
      #expect(number(file[start + 8..<start + 12]) == UInt64(CRC32C.masked(Array(file[start..<start + 8]))))
      let end = start + 12 + length
      try #require(file.count >= end + 4)
      let content = Array(file[start + 12..<end])
      #expect(number(file[end..<end + 4]) == UInt64(CRC32C.masked(content)))
      records.append(Record(event: try Tensorboard_Event(serializedBytes: content), end: end + 4))
      start = end + 4
    }
    return records
  }

  private func inode() throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
  }

  /// Checks of data, from the appendix B.4 of RFC 3720 and from the catalogue of CRCs.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
      (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func `The checksum is that of the standard, masked`(bytes: [UInt8], expected: UInt32) {
    // TensorFlow's mask, taken off.
    let turned = CRC32C.masked(bytes) &- 0xA282_EAD8
    #expect(turned << 15 | turned >> 17 == expected)
  }

  @Test func `A file begins as those of TensorBoard do`() throws {
    try write([])
    let file = try bytes(path)
    // A record of 24 bytes; its checksum, and the head of a double, are the first bytes of every such file.
    #expect(Array(file.prefix(13)) == [24, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22, 0x09])
    #expect(CurveFile.fileName.contains("tfevents"))
    let records = try records()
    #expect(records.map(\.event.fileVersion) == ["brain.Event:2"] && records[0].event.wallTime > 1.7e9)
  }

  @Test func `Steps and values are those of the log`() throws {
    try write([try entry(1), try entry(2, loss: 1e-3, validated: false, seconds: 7)])
    let events = try records().map(\.event).dropFirst()
    #expect(events.map(\.step) == [10, 20])
    // 2026-01-01 00:00:00 UTC in seconds since 1970.
    #expect(events.map(\.wallTime) == [1_767_225_600, 1_767_225_607])
    let values = events.map { event in event.summary.value.map { "\($0.tag) \($0.simpleValue)" } }
    #expect(
      values[0] == [
        "train/loss 0.5", "train/accuracy 0.75", "train/learning rate 0.1", "train/gradient norm 2.0",
        "train/images per second 900.0", "validation/loss 0.125", "validation/errors 29.0",
        "validation/error rate 0.145", "dead units/hidden layer 1 0.25", "dead units/hidden layer 2 0.0",
      ])
    #expect(
      values[1] == [
        "train/loss 0.001", "train/accuracy 0.75", "train/learning rate 0.1", "train/gradient norm 2.0",
        "train/images per second 900.0", "dead units/hidden layer 1 0.25", "dead units/hidden layer 2 0.0",
      ])
  }

  @Test func `A record that a kill has cut anywhere is dropped, and the file goes on`() throws {
    let epochs = try (1...4).map { try entry($0, loss: 1 / Double($0)) }
    try write(epochs)
    let (whole, ends) = (try bytes(path), try records().map(\.end))
    for end in ends[3]..<whole.count {
      try AtomicFile.write(Array(whole[..<end]), to: path)
      let before = try inode()
      try write([epochs[3]], after: Array(epochs[..<3]))
      #expect(try bytes(path) == whole, "cut at \(end)")
      // Appended to, not written anew: who follows the file keeps their place.
      #expect(try inode() == before)
    }
  }

  @Test func `Epochs that are done again come once`() throws {
    let epochs = try (1...4).map { try entry($0) }
    try write(epochs)
    try write([try entry(3, loss: 7, seconds: 9)], after: Array(epochs[..<2]))
    let events = try records().map(\.event).dropFirst()
    #expect(events.map(\.step) == [10, 20, 30] && events.last?.summary.value.first?.simpleValue == 7)
  }

  @Test func `A file that does not hold the epochs is written anew`() throws {
    let epochs = try (1...3).map { try entry($0) }
    try write(epochs)
    let (whole, ends) = (try bytes(path), try records().map(\.end))
    func expectAll(_ words: String) throws {
      try write([], after: epochs)
      #expect(try records().map(\.event).dropFirst().map(\.step) == [10, 20, 30], "\(words)")
      #expect(try Array(bytes(path).dropFirst(ends[0])) == Array(whole[ends[0]...]), "\(words)")
    }
    // Cut within the heading, within an epoch, between two, and damaged in one.
    for end in [0, 5, ends[0] - 1, ends[0], ends[1] + 3, ends[1]] {
      try AtomicFile.write(Array(whole[..<end]), to: path)
      try expectAll("cut at \(end)")
    }
    for place in [ends[0], ends[1] + 20, ends[3] - 1] {
      var damaged = whole
      damaged[place] ^= 1
      try AtomicFile.write(damaged, to: path)
      try expectAll("damaged at \(place)")
    }
    // Other numbers for the same epochs.
    try write([try entry(1, loss: 9)])
    try expectAll("another training")
    try FileSystem.remove(path)
    try expectAll("gone")
  }
}
