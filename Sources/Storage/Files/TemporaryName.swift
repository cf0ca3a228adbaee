import Foundation

/// The name of a file that is being written: `.NAME.HOST.PID.RANDOM.dk-tmp`, which nobody else gives a file, cannot
/// be foreseen, and says whose it is, so that what a killed run left can be told from what another machine writes.
struct TemporaryName {
  static let suffix = ".dk-tmp"
  /// Bytes of NAME that are kept, so that the whole fits where a name near the longest one does.
  private static let nameLimit = 64

  let text: String
  /// As much of the name of the file in the making as there is room for.
  let name: String
  private let host: String
  private let process: Int32

  /// A new name for the file `name`.
  init(for name: String) {
    var kept = name
    // By scalars: a character cut in its middle would be no UTF-8.
    while kept.utf8.count > Self.nameLimit { kept.unicodeScalars.removeLast() }
    self.name = kept.isEmpty ? "file" : kept
    host = Host.name
    process = getpid()
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    let random = String(repeating: "0", count: 16 - digits.count) + digits
    text = ".\(self.name).\(host).\(process).\(random)\(Self.suffix)"
  }

  /// Nil unless `text` has exactly our form.
  init?(_ text: String) {
    guard text.hasPrefix("."), text.hasSuffix(Self.suffix) else { return nil }
    let fields = text.dropFirst().dropLast(Self.suffix.count).split(
      separator: ".", omittingEmptySubsequences: false)
    // From the end, because the name of the file may have dots and nothing behind it has.
    guard fields.count >= 4, let random = fields.last, random.utf8.count == 16,
      random.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
    else { return nil }
    let (host, process) = (fields[fields.count - 3], fields[fields.count - 2])
    // As we write it: `+7` and `007` are numbers as well, and of somebody else.
    guard !host.isEmpty, host.utf8.allSatisfy(Host.allows), let number = Int32(process), number > 0,
      String(number) == process
    else { return nil }
    name = fields.dropLast(3).joined(separator: ".")
    guard !name.isEmpty else { return nil }
    self.text = text
    self.host = String(host)
    self.process = number
  }

  /// Whether the process that wrote the file is gone for certain; of another host that is never known.
  var isAbandoned: Bool { host == Host.name && kill(process, 0) != 0 && errno == ESRCH }

  /// Whether both are of one file.
  func isOfSameFile(as other: TemporaryName) -> Bool { name == other.name }
}

/// This machine, among those that may share a file system.
private enum Host {
  /// Letters, digits and hyphens of the host's name, and eight digits that tell apart machines of one name, and
  /// containers, which number their processes anew.
  static let name: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    let full = gethostname(&buffer, buffer.count - 1) == 0 ? buffer.prefix { $0 != 0 } : []
    let bytes = full.map { UInt8(bitPattern: $0) }
    let readable = bytes.prefix(32).map { allows($0) ? $0 : UInt8(ascii: "-") }
    var digest = DigestBuilder()
    digest.add(text: String(decoding: bytes, as: UTF8.self))
    digest.add(text: (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? "")
    digest.add(
      text: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "")
    return String(decoding: readable, as: UTF8.self) + "-" + digest.digest.hex.prefix(8)
  }()

  static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
