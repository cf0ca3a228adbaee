import Foundation

/// The name of a temporary file: `.NAME.HOST.PID.RANDOM.dk-tmp`. The random part cannot be predicted; host and
/// process tell a leftover of a killed run from a file that another machine is writing.
struct TemporaryName {
  static let suffix = ".dk-tmp"
  /// Longest kept part of NAME, in bytes, so that the result stays below the usual limit of 255 bytes.
  private static let nameLimit = 64

  let text: String
  /// Name of the final file, cut to `nameLimit` bytes.
  let name: String
  private let host: String
  private let process: Int32

  /// A new name for the file `name`.
  init(for name: String) {
    var kept = name
    // Whole scalars are removed, because cutting inside one would not be valid UTF-8.
    while kept.utf8.count > Self.nameLimit { kept.unicodeScalars.removeLast() }
    self.name = kept.isEmpty ? "file" : kept
    host = Host.name
    process = getpid()
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    let random = String(repeating: "0", count: 16 - digits.count) + digits
    text = ".\(self.name).\(host).\(process).\(random)\(Self.suffix)"
  }

  /// Parses a name; nil unless it has exactly this form.
  init?(_ text: String) {
    guard text.hasPrefix("."), text.hasSuffix(Self.suffix) else { return nil }
    let fields = text.dropFirst().dropLast(Self.suffix.count).split(
      separator: ".", omittingEmptySubsequences: false)
    // Parsed from the end, because NAME may contain dots and the other fields cannot.
    guard fields.count >= 4, let random = fields.last, random.utf8.count == 16,
      random.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
    else { return nil }
    let (host, process) = (fields[fields.count - 3], fields[fields.count - 2])
    // Only the canonical spelling: `+7` and `007` also parse as numbers, but these programs never write them.
    guard !host.isEmpty, host.utf8.allSatisfy(Host.allows), let number = Int32(process), number > 0,
      String(number) == process
    else { return nil }
    name = fields.dropLast(3).joined(separator: ".")
    guard !name.isEmpty else { return nil }
    self.text = text
    self.host = String(host)
    self.process = number
  }

  /// Whether the process that wrote the file certainly no longer exists; never true for another host.
  var isAbandoned: Bool { host == Host.name && kill(process, 0) != 0 && errno == ESRCH }

  /// Whether both are temporary files of the same final file.
  func isOfSameFile(as other: TemporaryName) -> Bool { name == other.name }
}

/// Identifies this machine among those that share a file system.
private enum Host {
  /// The host name in letters, digits and hyphens, followed by eight hexadecimal digits. These distinguish machines
  /// with the same name, and containers, whose process numbers start again from 1.
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
