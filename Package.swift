// swift-tools-version: 6.2
import PackageDescription

/// A library of this package: its module, and the modules that its files import.
func library(_ name: String, _ uses: String..., exclude: [String] = []) -> Target {
  .target(name: name, dependencies: uses.map(dependency), exclude: exclude)
}

/// A module of this package, or of one that it is built with.
func dependency(_ module: String) -> Target.Dependency {
  switch module {
  case "ArgumentParser": .product(name: module, package: "swift-argument-parser")
  case "Logging": .product(name: module, package: "swift-log")
  case "SwiftProtobuf": .product(name: module, package: "swift-protobuf")
  default: .byName(name: module)
  }
}

/// What comes from the system, and C where Swift cannot go.
let foundations: [Target] = [
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
  .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  // On Apple's platforms CryptoKit stands in for it.
  .target(
    name: "CDigest", dependencies: [.target(name: "CLibCrypto", condition: .when(platforms: [.linux]))]),
  library("CPNG", "CLibPNG"),
  library("CSystem"),
  library("CKernels"),
]

/// Libraries from the ground up; an import only ever goes down this list.
let libraries: [Target] = [
  library("CounterRandom"),
  library("Storage", "CDigest", "CSystem", "CZip", "CZlib", "CZstd"),
  library("Machine", "CSystem", "Storage"),
  library("Stage", "CSystem", "Logging", "Machine", "Storage"),
  library("Datasets", "CPNG", "CounterRandom", "Machine", "Stage", "Storage"),
  library("Networks", "CKernels", "CounterRandom", "Datasets", "Machine", "Stage", "Storage"),
  library("Evaluation", "Datasets", "Machine", "Networks", "Stage", "Storage"),
  library(
    "Specialists", "CounterRandom", "Datasets", "Evaluation", "Machine", "Networks", "Stage", "Storage"),
  library("Teachers", "Datasets", "Evaluation", "Machine", "Networks", "Stage", "Storage"),
  library("Training", "Datasets", "Evaluation", "Machine", "Networks", "Specialists", "Stage", "Storage"),
  library("Inspection", "Datasets", "Machine", "Networks", "Stage", "Storage", "Teachers", "Training"),
  library(
    "Interchange", "Datasets", "Networks", "Stage", "Storage", "SwiftProtobuf", "Training",
    exclude: ["Protocols"]),
  library(
    "Reporting", "CPNG", "Datasets", "Evaluation", "Machine", "Networks", "Specialists", "Stage", "Storage",
    "Teachers", "Training"),
  library(
    "Programs", "ArgumentParser", "Datasets", "Evaluation", "Interchange", "Machine", "Networks", "Stage",
    "Storage", "Training"),
]

/// A program: options and one verb. All have the parser of options, and what programs share.
func program(_ name: String, _ uses: String...) -> Target {
  .executableTarget(
    name: name, dependencies: (["ArgumentParser", "Programs", "Stage"] + uses).map(dependency))
}

let programs: [Target] = [
  program("dk-ingest", "Datasets", "Storage"),
  program("dk-teach", "Datasets", "Networks", "Specialists", "Training"),
  program("dk-soften", "Datasets", "Networks", "Teachers"),
  program("dk-distill", "Datasets", "Networks", "Storage", "Training"),
  program("dk-calibrate", "Datasets", "Networks", "Teachers"),
  program("dk-evaluate", "Datasets", "Evaluation", "Networks"),
  program("dk-neighbors", "Datasets", "Evaluation", "Networks"),
  program("dk-specialize", "Datasets", "Networks", "Specialists"),
  program("dk-predict", "Datasets", "Evaluation", "Networks"),
  program("dk-export", "Datasets", "Interchange", "Networks", "Storage"),
  program("dk-report", "Reporting", "Storage"),
  program("dk-inspect", "Inspection", "Storage"),
]

/// Tests of a library, or of the programs.
func tests(_ name: String, _ uses: String..., exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: (uses + ["TestSupport"]).map(dependency), exclude: exclude)
}

/// What tests share, and the readers that the fuzzer feeds.
let testSupport: [Target] = [
  .target(name: "TestSupport", dependencies: ["Datasets", "Stage", "Storage"], path: "Tests/TestSupport"),
  .target(
    name: "FuzzReaders",
    dependencies: ["Datasets", "Inspection", "Networks", "Specialists", "Stage", "Storage", "Teachers"],
    path: "Tests/FuzzReaders"),
]

let allTests: [Target] = [
  .testTarget(name: "CounterRandomTests", dependencies: ["CKernels", "CounterRandom"]),
  tests("StorageTests", "Storage"),
  tests("MachineTests", "Machine", "Networks", "Stage"),
  tests("StageTests", "Machine", "Stage", "Storage"),
  tests("DatasetsTests", "CounterRandom", "Datasets", "Machine", "Stage", "Storage"),
  tests("NetworksTests", "CKernels", "Datasets", "Machine", "Networks", "Stage", "Storage", "Training"),
  tests("EvaluationTests", "Datasets", "Evaluation", "Networks", "Stage", "Storage"),
  tests("SpecialistsTests", "Datasets", "Networks", "Specialists", "Storage"),
  tests("TeachersTests", "Datasets", "Evaluation", "Inspection", "Networks", "Stage", "Storage", "Teachers"),
  tests("TrainingTests", "Datasets", "Evaluation", "Machine", "Networks", "Stage", "Storage", "Training"),
  tests("ProgramsTests", "ArgumentParser", "Datasets", "Machine", "Programs", "Stage", "Storage"),
  tests("InspectionTests", "Datasets", "Inspection", "Stage", "Storage"),
  tests("InterchangeTests", "Datasets", "Interchange", "Networks", "Storage", "SwiftProtobuf", "Training"),
  tests("ReportingTests", "CPNG", "Datasets", "Evaluation", "Networks", "Reporting", "Stage", "Storage"),
  tests("CorpusTests", "FuzzReaders", "Storage"),
  .testTarget(
    name: "ProgramTests",
    dependencies: ["Datasets", "Evaluation", "Networks", "Stage", "Storage", "TestSupport", "Training"]
      + programs.map { .byName(name: $0.name) },
    exclude: ["Faults"]),
]

for target in foundations + libraries + programs + testSupport + allTests where target.type != .system {
  target.swiftSettings = [.treatAllWarnings(as: .error)]
}

// Tests import these two with `@testable`, which a release build allows only with this flag.
for target in libraries where ["Interchange", "Reporting"].contains(target.name) {
  target.swiftSettings?.append(.unsafeFlags(["-enable-testing"]))
}

/// The fuzzer of the readers, and the flags that instrument them; `pipelines/checks/fuzz.sh` sets DK_FUZZ.
let fuzzers: [Target]
if Context.environment["DK_FUZZ"] == nil {
  fuzzers = []
} else {
  let flags = ["-sanitize=fuzzer,address", "-parse-as-library"]
  let read: Set = [
    "Storage", "Machine", "Stage", "Datasets", "Networks", "Evaluation", "Specialists", "Teachers",
    "Training",
    "Inspection", "FuzzReaders",
  ]
  for target in libraries + testSupport where read.contains(target.name) {
    target.swiftSettings = [.unsafeFlags(flags)]
  }
  fuzzers = [
    .executableTarget(
      name: "dk-fuzz", dependencies: ["FuzzReaders"], path: "Tests/Fuzz",
      exclude: ["Corpus"],
      swiftSettings: [.unsafeFlags(flags)], linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
  ]
}

let package = Package(
  name: "DarkKnowledge",
  platforms: [.macOS(.v15)],
  products: programs.map { .executable(name: $0.name, targets: [$0.name]) },
  dependencies: [
    // Exact: no file of resolved versions is kept.
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  ],
  targets: foundations + libraries + programs + testSupport + allTests + fuzzers,
  swiftLanguageModes: [.v6]
)
